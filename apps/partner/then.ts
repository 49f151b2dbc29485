/**
 * Where to go after logging in, from the `then` parameter: a path of this origin, or undefined where it is anything else.
 * Send the browser to the whole address this returns, never to the text: `/.//elsewhere.example` is a path of ours that
 * becomes `//elsewhere.example` once its dots are resolved.
 */
export function pathOfOurs(text: string, origin: string): URL | undefined {
  if (text.length > 512 || !/^\/(?![/\\])[\x21-\x7e]*$/.test(text)) return undefined;
  const url = new URL(text, origin);
  return url.origin === origin && !url.pathname.startsWith('//') ? url : undefined;
}
