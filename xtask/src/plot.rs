//! Plots as SVG, readable on a light and on a dark page.

use std::fmt::Write;

/// Lines over two logarithmic axes.
pub(crate) struct Plot<'a> {
    pub(crate) title: &'a str,
    pub(crate) x: &'a str,
    pub(crate) y: &'a str,
    pub(crate) lines: Vec<Line>,
}

/// One of them, with its name at its end.
pub(crate) struct Line {
    pub(crate) name: String,
    /// All greater than 0, from left to right.
    pub(crate) points: Vec<(f64, f64)>,
}

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 372.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 190.0;
const TOP: f64 = 52.0;
const BOTTOM: f64 = 48.0;

/// The least distance of two names.
const LINE_HEIGHT: f64 = 15.0;

/// Of middle lightness, as everything here: whether the page is light or dark is not known for sure.
const COLOURS: [&str; 6] = ["#d9480f", "#1c7ed6", "#2f9e44", "#ae3ec9", "#b08900", "#868e96"];

const STYLE: &str = "\
<style>
text { font: 13px sans-serif; fill: #808080 }
.title { font-size: 15px }
.grid { stroke: #808080; stroke-opacity: 0.4 }
</style>
";

/// A logarithmic axis between two powers of ten.
struct Axis {
    from: i32,
    to: i32,
    /// Where the ends lie in the picture.
    ends: (f64, f64),
}

impl Axis {
    #[allow(clippy::cast_possible_truncation)]
    fn new(values: impl Iterator<Item = f64> + Clone, ends: (f64, f64)) -> Self {
        let least = values.clone().fold(f64::INFINITY, f64::min).log10().floor() as i32;
        let most = values.fold(0.0, f64::max).log10().ceil() as i32;
        Self { from: least, to: most.max(least + 1), ends }
    }

    fn at(&self, value: f64) -> f64 {
        let part = (value.log10() - f64::from(self.from)) / f64::from(self.to - self.from);
        self.ends.0 + part * (self.ends.1 - self.ends.0)
    }

    fn powers(&self) -> impl Iterator<Item = f64> {
        (self.from..=self.to).map(|power| 10_f64.powi(power))
    }
}

impl Plot<'_> {
    /// The whole file.
    pub(crate) fn svg(&self) -> String {
        self.draw().expect("a string takes everything")
    }

    fn draw(&self) -> Result<String, std::fmt::Error> {
        let points = || self.lines.iter().flat_map(|line| &line.points);
        let (right, bottom) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
        let x = Axis::new(points().map(|(x, _)| *x), (LEFT, right));
        let y = Axis::new(points().map(|(_, y)| *y), (bottom, TOP));
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
             role=\"img\">\n<title>{0}</title>\n{STYLE}\
             <text class=\"title\" x=\"{LEFT}\" y=\"20\">{0}</text>\n",
            self.title,
        );
        for power in x.powers() {
            let at = x.at(power);
            writeln!(
                svg,
                "<path class=\"grid\" d=\"M{at:.1} {TOP}V{bottom}\"/>\
                 <text x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
                bottom + 18.0,
                number(power),
            )?;
        }
        for power in y.powers() {
            let at = y.at(power);
            writeln!(
                svg,
                "<path class=\"grid\" d=\"M{LEFT} {at:.1}H{right}\"/>\
                 <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                LEFT - 6.0,
                at + 4.0,
                number(power),
            )?;
        }
        writeln!(
            svg,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>\n\
             <text x=\"{LEFT}\" y=\"{:.1}\">{}</text>",
            f64::midpoint(LEFT, right),
            HEIGHT - 10.0,
            self.x,
            TOP - 6.0,
            self.y,
        )?;
        let names = self.places_of_names(&y);
        for ((line, colour), name_at) in self.lines.iter().zip(COLOURS).zip(names) {
            let places = line.points.iter().map(|(px, py)| (x.at(*px), y.at(*py)));
            let path: Vec<_> = places.clone().map(|(x, y)| format!("{x:.1} {y:.1}")).collect();
            writeln!(
                svg,
                "<path d=\"M{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>",
                path.join("L"),
            )?;
            for (x, y) in places {
                writeln!(svg, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.5\" fill=\"{colour}\"/>")?;
            }
            writeln!(
                svg,
                "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"3.5\" fill=\"{colour}\"/>\
                 <text x=\"{:.1}\" y=\"{name_at:.1}\">{}</text>",
                right + 12.0,
                name_at - 4.0,
                right + 20.0,
                line.name,
            )?;
        }
        svg.push_str("</svg>\n");
        Ok(svg)
    }

    /// Beside the ends of the lines, as far as there is room for all of them.
    fn places_of_names(&self, y: &Axis) -> Vec<f64> {
        let end = |line: &Line| line.points.last().map_or(TOP, |(_, value)| y.at(*value)) + 4.0;
        let ends: Vec<f64> = self.lines.iter().map(end).collect();
        let mut order: Vec<usize> = (0..ends.len()).collect();
        order.sort_by(|a, b| ends[*a].total_cmp(&ends[*b]));
        let mut places = vec![0.0; ends.len()];
        let mut free = f64::NEG_INFINITY;
        for at in order {
            places[at] = ends[at].max(free);
            free = places[at] + LINE_HEIGHT;
        }
        places
    }
}

/// `0.01`, `1`, `10,000`.
pub(crate) fn number(value: f64) -> String {
    if value < 1.0 {
        return value.to_string();
    }
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
