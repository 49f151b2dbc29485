import { html } from 'hono/html';
import { layout } from './layout.ts';
import type { Html, Site } from './site.ts';

export interface KeptPlace {
  /** The form that tries again. */
  readonly retry: {
    readonly method: 'get' | 'post';
    readonly action: string;
    readonly fields?: Readonly<Record<string, string>>;
  };
  readonly reference: string;
}

/** PKB is away in the middle of linking; what the patient did so far is kept. */
export function keepPlacePage(site: Site, { retry, reference }: KeptPlace): Html {
  const title = 'PKB is not answering';
  return layout(
    site,
    { title, error: true },
    html`<h1>${title}</h1>
<p>Patients Know Best is not answering as it should right now.</p>
<p>We have kept your place. You do not need to log in to PKB again.</p>
<p>Wait a minute, then try again.</p>
<form method="${retry.method}" action="${retry.action}">
${Object.entries(retry.fields ?? {}).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}
<div class="actions"><button>Try again</button></div>
</form>
<p class="reference">Reference: ${reference}</p>`,
  );
}
