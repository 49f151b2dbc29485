/** As much of a browser as the demo needs: cookies, redirects, and forms filled in and sent as their page says. */

export interface Page {
  readonly url: URL;
  readonly status: number;
  readonly html: string;
}

export interface Browser {
  open(url: string | URL): Promise<Page>;
  /** Presses the button that says `button` on `page`, after typing `typed` into the fields of its form, by name. */
  press(page: Page, button: string, typed?: Readonly<Record<string, string>>): Promise<Page>;
  /** The `Cookie` header this browser sends to `url`. */
  cookies(url: string | URL): string;
}

const MAX_REDIRECTS = 10;

export function openBrowser(): Browser {
  /** Host name -> cookie name -> value. As in browsers, ports do not set cookies apart. */
  const jar = new Map<string, Map<string, string>>();

  function keepCookies(url: URL, response: Response): void {
    const ofHost = jar.get(url.hostname) ?? new Map<string, string>();
    jar.set(url.hostname, ofHost);
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=;]+)=([^;]*)/.exec(line) ?? [];
      if (name === undefined || value === undefined) continue;
      if (/;\s*max-age=0/i.test(line)) ofHost.delete(name);
      else ofHost.set(name, value);
    }
  }

  function cookies(url: string | URL): string {
    const ofHost = jar.get(new URL(url).hostname) ?? [];
    return [...ofHost].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  async function go(
    url: URL,
    form?: { readonly body: URLSearchParams; readonly origin: string },
  ): Promise<Page> {
    let [at, sending] = [url, form];
    for (let hops = 0; hops <= MAX_REDIRECTS; hops += 1) {
      const response = await fetch(at, {
        redirect: 'manual',
        headers: { cookie: cookies(at), ...(sending && { origin: sending.origin }) },
        ...(sending && { method: 'POST', body: sending.body }),
      });
      keepCookies(at, response);
      const location = response.headers.get('location');
      const html = await response.text();
      if (location === null) return { url: at, status: response.status, html };
      // 302 and 303 go on with a GET, 307 and 308 send the same again.
      if (response.status < 307) sending = undefined;
      at = new URL(location, at);
    }
    throw new Error(`${url.origin}${url.pathname} redirects more than ${MAX_REDIRECTS} times`);
  }

  return {
    open: (url) => go(new URL(url)),
    press(page, button, typed = {}) {
      const form = formWith(page, button);
      const body = new URLSearchParams(form.fields);
      for (const [name, value] of Object.entries(typed)) {
        if (!body.has(name)) throw new Error(`${page.url.pathname} has no field "${name}" to type into`);
        body.set(name, value);
      }
      return go(form.action, { body, origin: page.url.origin });
    },
    cookies,
  };
}

interface Form {
  readonly action: URL;
  readonly fields: readonly [name: string, value: string][];
}

function formWith(page: Page, button: string): Form {
  for (const [, head = '', inside = ''] of page.html.matchAll(/<form\b([^>]*)>(.*?)<\/form>/gs)) {
    const buttons = [...inside.matchAll(/<button\b([^>]*)>(.*?)<\/button>/gs)];
    const pressed = buttons.find(([, , label = '']) => textOf(label) === button);
    if (!pressed) continue;
    const inputs = [...inside.matchAll(/<input\b([^>]*)>/gs)].map(([, attributes = '']) => attributes);
    return {
      action: new URL(attribute(head, 'action') ?? page.url, page.url),
      fields: [...inputs, pressed[1] ?? ''].flatMap((attributes) => {
        const name = attribute(attributes, 'name');
        return name === undefined ? [] : [[name, attribute(attributes, 'value') ?? '']];
      }),
    };
  }
  const title = /<title>(.*?)<\/title>/s.exec(page.html)?.[1] ?? 'without a title';
  throw new Error(`${page.url.pathname} (${page.status}, "${textOf(title)}") has no button "${button}"`);
}

function attribute(attributes: string, name: string): string | undefined {
  const value = new RegExp(`(?:^|\\s)${name}="([^"]*)"`).exec(attributes)?.[1];
  return value === undefined ? undefined : textOf(value);
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };

/** The text a reader sees: without tags, white space and entities as HTML reads them. */
function textOf(html: string): string {
  const text = html
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return text.replace(/&(amp|lt|gt|quot|#39);/g, (entity, name: string) => ENTITIES[name] ?? entity);
}
