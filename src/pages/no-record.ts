import { html } from 'hono/html';
import { layout } from './layout.ts';
import { NHS_APP, PKB } from './pkb-addresses.ts';
import type { Html, Site } from './site.ts';

/** The ways to a PKB record (PKB, "How to register"; "NHS App and NHS login"): who each is for, what it takes, where. */
export function noRecordPage(site: Site): Html {
  const title = 'Get a PKB record';
  return layout(
    site,
    { title },
    html`<h1>${title}</h1>
<p>You need a record at Patients Know Best (PKB) before you can connect it. There are 4 ways to get one.</p>
<h2>Use NHS login</h2>
<p>This is for you if you are 16 or over and live in England or Wales.</p>
<p>You need an NHS login that has checked who you are, and your phone, to get a security code. PKB also asks you for your address, a new password and a security question.</p>
<p>Go to <a href="${PKB.logIn}">my.patientsknowbest.com</a> and select "Log in with NHS login". If you have no record yet, PKB makes one for you.</p>
<h2>Use the NHS App</h2>
<p>This is for you if you already use the NHS App, and are 16 or over.</p>
<p>You need the NHS login that you use for the app. The app leads to PKB in the same way.</p>
<p>Go to the app, or find out about it at <a href="${NHS_APP}">nhs.uk/nhs-app</a>.</p>
<h2>Use an invitation letter or text message</h2>
<p>This is for you if your hospital or care team sent you codes for PKB.</p>
<p>You need the invitation code, the access code, your date of birth and an email address.</p>
<p>Go to <a href="${PKB.join}">joinpkb.com</a> and enter your codes. PKB then sends you an email. Select the link in it before you log in.</p>
<h2>Ask your care team</h2>
<p>This is for you if none of the other ways works.</p>
<p>You need an email address of your own. Ask your hospital or care team if they use PKB. They can send you an invitation by email, or give you the address of their page to register.</p>
<h2>If you have a record but cannot log in</h2>
<ul>
<li><a href="${PKB.forgottenPassword}">I forgot my PKB password</a></li>
<li><a href="${PKB.nhsLoginMismatch}">PKB says that my NHS login does not match</a></li>
<li><a href="${PKB.support}">Get help from PKB</a></li>
</ul>
<h2>When you have a record</h2>
<p>PKB may not bring you back here after you register. Come back to this page and continue.</p>
<div class="actions"><a class="button" href="${site.basePath}/start">I have a record now: continue</a></div>`,
  );
}
