/** What a browser sends back of the cookies that it was given. */
export function cookiesOf(response: Response, before = ''): string {
  const jar = new Map(before.split('; ').filter(Boolean).map(pair));
  for (const line of response.headers.getSetCookie()) {
    const [name, value] = pair(line.split(';')[0] ?? '');
    if (/max-age=0|expires=thu, 01 jan 1970/i.test(line)) jar.delete(name);
    else jar.set(name, value);
  }
  return [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
}

function pair(text: string): [string, string] {
  const at = text.indexOf('=');
  return [text.slice(0, at), text.slice(at + 1)];
}
