// Reads all pages with the npm package braze-api, the way its users have to: by a loop of their own.
import { Braze } from 'braze-api';

const braze = new Braze(process.env.BRAZE_BASE_URL, process.env.BRAZE_API_KEY);
const ids = [];
for (let page = 0; ; page += 1) {
  const { segments } = await braze.segments.list({ page });
  ids.push(...segments.map((segment) => segment.id));
  if (segments.length < 100) break;
}
console.log(ids.join('\n'));
