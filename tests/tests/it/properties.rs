//! The properties, with inputs that are mostly close to real ones.

use proptest::collection::vec;
use proptest::prelude::*;
use segments_core::{Endpoint, ListRequest, Plan, Segment, SortDirection};
use segments_proptest::{response as response_strategies, segment, text};
use segments_tests::properties::{
    self, checkpoint, emulator, endpoint, export, goals, history, key, output, page, rate_limit,
    recorded, request, response, scan,
};

use crate::cases;

fn bytes(most: usize) -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 0..most)
}

fn header() -> impl Strategy<Value = (String, Vec<u8>)> {
    let name = prop_oneof![
        proptest::sample::select(vec![
            "content-type",
            "content-length",
            "content-encoding",
            "transfer-encoding",
            "location",
            "date",
            "retry-after",
            "x-request-id",
            "x-ratelimit-limit",
            "x-ratelimit-remaining",
            "x-ratelimit-reset",
            "x-ratelimit-retry-after",
        ])
        .prop_map(str::to_owned),
        "[a-z-]{1,12}",
    ];

    let value = prop_oneof![
        2 => proptest::sample::select(vec![
            "", "0", "1", "identity", "gzip", "chunked", "text/html; charset=utf-8",
            "application/json", "Wed, 17 Jun 2020 20:57:03 GMT", "1592427600", "1592427600000",
            "https://evil.example/segments/list", "//evil.example", "CANARY-5f1d7ab0-KEY",
            "99999999999999999999", "-5", "+5", "1.5",
        ]).prop_map(|value| value.as_bytes().to_vec()),
        1 => "[ -~]{0,20}".prop_map(String::into_bytes),
        1 => bytes(12),
    ];

    (name, value)
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    let message = prop_oneof![
        text(),
        text().prop_map(|text| format!("Invalid API key: {}{text}", properties::KEY)),
        (0_usize..19).prop_map(|end| properties::KEY[..end].repeat(30)),
    ];

    let refusal = (proptest::sample::select(vec!["message", "error", "errors"]), message)
        .prop_map(|(key, message)| serde_json::json!({ key: message }).to_string().into_bytes());

    // A page is read once for each of up to 512 prefixes.
    let whole = response_strategies::any()
        .prop_map(|case| case.response.into_body())
        .prop_filter("long", |body| body.len() <= 16 * 1024);
    let cut = (whole.clone(), any::<proptest::sample::Index>())
        .prop_map(|(body, cut)| body[..cut.index(body.len() + 1)].to_vec());
    let flipped = (whole.clone(), any::<proptest::sample::Index>(), any::<u8>()).prop_map(
        |(mut body, place, byte)| {
            if !body.is_empty() {
                let place = place.index(body.len());
                body[place] = byte;
            }
            body
        },
    );

    prop_oneof![2 => bytes(200), 2 => refusal, 6 => whole, 2 => cut, 3 => flipped]
}

/// A page of one segment whose name is made of what matters within a string, escaped or not.
fn raw_text() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => "[a-z ]{0,17}".prop_map(String::into_bytes),
        2 => text().prop_map(|text| serde_json::to_vec(&text).unwrap()[1..].to_vec()),
        4 => proptest::sample::select(vec![
            "\\", "\"", "\\u", "\\ud83d", "\\ude00", "\\u0041", "\\uD800", "\\n", "\\x", "00e4", "\u{1f}",
            "\u{7f}", "\u{e4}", "\u{1f600}", "\n",
        ]).prop_map(|piece| piece.as_bytes().to_vec()),
        1 => bytes(4),
    ];

    vec(piece, 0..6).prop_map(|pieces| {
        let rest = br#"","id":"a","analytics_tracking_enabled":true}],"message":"success"}"#;
        [&br#"{"segments":[{"name":""#[..], &pieces.concat(), rest].concat()
    })
}

fn script() -> impl Strategy<Value = Vec<u8>> {
    // The plan's bytes, the list's, then steps of two or three bytes.
    let step = prop_oneof![
        6 => (prop_oneof![Just(4_u8), Just(5)], any::<u8>()).prop_map(|(op, which)| vec![op, which]),
        2 => Just(vec![2]),
        1 => Just(vec![3]),
        2 => (0_u8..2, any::<u8>()).prop_map(|(op, time)| vec![op, time]),
        4 => (6_u8..12, any::<[u8; 4]>()).prop_map(|(op, rest)| [vec![op], rest.to_vec()].concat()),
    ];

    (any::<[u8; 10]>(), vec(step, 0..60))
        .prop_map(|(plan, steps)| [plan.to_vec(), steps.concat()].concat())
}

/// Text with a liking for what formats stumble over.
fn cell() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\PC{0,12}",
        "(.|\\n|\\r|\\t){0,12}",
        "[=+@'\\-\\t\\r\\x00][=+@'\\-a-z,;\"\\t\\r\\n]{0,6}",
        "[\\x00-\\x1f\\x7f-\u{9f}\u{200b}-\u{200f}\u{2028}-\u{202e}日é\u{301}👍🏽❤\u{fe0f}]{0,8}",
    ]
}

fn segments() -> impl Strategy<Value = Vec<Segment>> {
    let id = cell().prop_map(|text| format!("{text}i"));
    let segment = (id, cell(), any::<bool>(), vec(cell(), 0..3))
        .prop_map(|(id, name, tracked, tags)| Segment::new(id, name, tracked, tags).unwrap());
    vec(segment, 0..6)
}

/// A request for the emulator, with a fault script behind it.
fn emulated() -> impl Strategy<Value = String> {
    let method = proptest::sample::select(vec!["GET", "POST", "get", ""]);
    let target = "(/segments/list)?/?(\\?(page=[0-9+-]{0,3})?&?(sort_direction=(asc|desc|x)?)?)?";
    let key =
        "((Authorization|authorization): ?(Bearer|bearer|Basic|)  ?CANARY-5f1d7ab0-KEY?X?\n){0,2}";

    let kind = prop_oneof![
        "\"(ordinary|html|gzip|endless|close|ignore_page|null_segments)\"",
        "\\{\"(cut|stall|drip_ms)\":[0-9]{1,9}\\}",
        "\\{\"(body|verbatim|message|redirect)\":\"[ -!#-\\[\\]-~é]{0,9}\"\\}",
        "\\{\"status\":\\{\"code\":[0-9]{1,4}\\}\\}",
    ];

    let fault = (kind, 0..3_u8).prop_map(|(kind, times)| {
        format!(r#"[{{"kind":{kind},"times":{times},"headers":{{"Date":"x","date":""}}}}]"#)
    });
    (method, target, key, fault)
        .prop_map(|(method, target, key, fault)| format!("{method} {target}\n{key}\n{fault}"))
}

proptest! {
    #![proptest_config(cases(512))]

    #[test]
    fn any_answer_is_a_page_or_says_what_it_is(
        status in prop_oneof![3 => Just(200_u16), 1 => 100_u16..1000],
        headers in vec(header(), 0..5),
        body in body(),
    ) {
        let headers: Vec<(&[u8], &[u8])> =
            headers.iter().map(|(name, value)| (name.as_bytes(), value.as_slice())).collect();
        response::response_to_page(status, &headers, &body);
    }

    #[test]
    fn a_recorded_answer_is_judged_as_it_was(
        status in prop_oneof![3 => Just(200_u16), 1 => 100_u16..1000],
        headers in vec(header(), 0..5),
        body in body(),
    ) {
        let lines: Vec<_> = headers
            .iter()
            .map(|(name, value)| [name.as_bytes(), b": ", value].concat())
            .collect();
        let head = [format!("{status}\n").into_bytes(), lines.join(&b'\n')].concat();
        recorded::check(&[head, b"\n\n".to_vec(), body].concat());
    }

    #[test]
    fn a_recorded_exchange_that_was_edited_does_no_harm(
        edits in vec((any::<prop::sample::Index>(), any::<u8>()), 0..3),
        cut in proptest::option::of(any::<prop::sample::Index>()),
    ) {
        let mut line = br#"{"page":0,"sort_direction":"asc","pass":0,"attempt":1,"after":0,"sent_at":0.0,"ended_at":0.25,"response":{"status":200,"headers":[["date","x"],["via",{"base64":"/w=="}]],"body":"{\"segments\":[]}"}}"#.to_vec();
        recorded::any_bytes(&line);
        for (place, byte) in edits {
            let place = place.index(line.len());
            line[place] = byte;
        }
        line.truncate(cut.map_or(line.len(), |cut| cut.index(line.len())));
        recorded::any_bytes(&line);
    }

    #[test]
    fn a_page_survives_every_way_of_writing_it(
        segments in prop_oneof![segments_proptest::segments(0..12), vec(segment(), 0..12)],
        style in response_strategies::style(),
        bom in any::<bool>(),
    ) {
        page::page_round_trip(&segments, style, bom);
    }

    #[test]
    fn the_scanner_reads_what_serde_json_reads(
        body in prop_oneof![4 => body(), 1 => raw_text()],
    ) {
        scan::read_both_ways(&body);
    }

    #[test]
    fn a_request_is_read_as_it_was_meant(
        page in any::<u32>(),
        order in proptest::option::of(any::<bool>()),
        host in "[a-z][a-z0-9]{0,8}(\\.[a-z][a-z0-9]{0,5}){0,3}|127\\.0\\.0\\.[1-9]|\\[::1\\]",
        port in proptest::option::of(1_u16..),
        https in any::<bool>(),
    ) {
        let direction = |desc| if desc { SortDirection::Desc } else { SortDirection::Asc };
        let list = ListRequest { page, sort_direction: order.map(direction) };
        let scheme = if https { "https" } else { "http" };
        let port = port.map_or(String::new(), |port| format!(":{port}"));
        let endpoint = Endpoint::insecure(&format!("{scheme}://{host}{port}")).unwrap();
        request::request_round_trip(list, &endpoint);
    }

    #[test]
    fn any_target_is_read_in_one_way(
        target in "(/segments/list)?/?\\??(page=[0-9+%-]{0,11})?&?(sort_direction=[a-zA-Z]{0,4})?&?[ -~]{0,20}",
    ) {
        request::any_target(&target);
    }

    #[test]
    fn any_text_is_an_endpoint_or_refused(
        url in prop_oneof![
            any::<String>(),
            "(https?|HTTP|ftp)?(:|://)?[a-z0-9.@:/?#\\[\\]\\\\ %_-]{0,24}",
            "https?://([a-z0-9-]{1,5}\\.){0,3}[a-z0-9]{1,4}(:[0-9]{0,6})?/?",
            "https?://\\[[0-9a-f:.]{2,20}\\](:[0-9]{1,5})?",
            "https://(rest|sdk|dashboard)[.-][a-z]{2,3}-[0-9]{2}\\.braze\\.(com|eu)",
        ],
    ) {
        endpoint::any_url(&url);
    }

    #[test]
    fn any_bytes_are_a_key_or_refused(
        key in prop_oneof![bytes(40), "[!-~]{1,60}".prop_map(String::into_bytes)],
    ) {
        key::any_key(&key);
    }

    #[test]
    fn the_key_is_struck_out_of_any_text(
        key in prop_oneof!["[!-~]{1,40}", "[ab]{1,20}"],
        pieces in vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), "[abé -]{0,3}"), 0..5),
    ) {
        // A text made of pieces of the key.
        let piece = |(from, to, between): &(prop::sample::Index, prop::sample::Index, String)| {
            let (from, to) = (from.index(key.len()), to.index(key.len() + 1));
            format!("{}{between}", &key[from.min(to)..to])
        };
        let text: String = pieces.iter().map(piece).collect();
        key::struck_out(key.as_bytes(), &text);
    }

    #[test]
    fn rate_limits_go_both_ways(
        numbers in any::<[Option<u64>; 3]>(),
        lines in vec((proptest::sample::select(rate_limit::NAMES.to_vec()), header()), 0..8),
    ) {
        let [limit, remaining, reset] = numbers;
        rate_limit::both_ways(limit, remaining, reset);
        let lines: Vec<(&str, &[u8])> =
            lines.iter().map(|(name, (_, value))| (*name, value.as_slice())).collect();
        rate_limit::any_headers(&lines);
    }

    #[test]
    fn any_script_leaves_an_export_in_order(script in script()) {
        export::check(&script);
    }

    #[test]
    fn no_history_makes_a_claim_wrong(input in bytes(120)) {
        history::check(&input);
    }

    #[test]
    fn every_format_holds_the_segments(
        segments in segments(),
        width in proptest::option::of(0_usize..100),
    ) {
        output::every_format(&segments, width);
    }

    #[test]
    fn the_emulator_answers_every_request(input in emulated()) {
        emulator::check(input.as_bytes());
    }

    #[test]
    fn a_changed_checkpoint_is_refused(
        goal in proptest::sample::select(goals()),
        answers in 0_u8..16,
        changes in vec((any::<usize>(), prop_oneof![any::<u8>(), b' '..b'~']), 0..3),
    ) {
        checkpoint::changed(&Plan::new(goal), answers, &changes);
    }

    #[test]
    fn no_odd_state_panics(
        goal in proptest::sample::select(goals()),
        answers in 0_u8..16,
        changes in vec((any::<usize>(), any::<usize>()), 2..5),
    ) {
        let plan = Plan::new(goal);
        checkpoint::odd_state(&plan, checkpoint::good_state(&plan, answers), &changes);
    }

}

proptest! {
    #![proptest_config(cases(128))]

    #[test]
    fn any_bytes_go_through_every_property(input in bytes(400)) {
        for (_, check) in properties::ALL {
            check(&input);
        }
    }
}
