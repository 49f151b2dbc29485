/**
 * True where a page of `origin` sent this request. A browser says so by itself (Fetch Metadata, `Sec-Fetch-Site`), an
 * older one by `Origin`. Whoever sends neither is not a browser on one of our pages.
 */
export function isSameOrigin(request: Request, origin: string): boolean {
  const site = request.headers.get('Sec-Fetch-Site');
  // `same-site` is not enough: another host of the same domain may belong to somebody else.
  return site === null ? request.headers.get('Origin') === origin : site === 'same-origin';
}
