import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { get, simulatorForTest } from './browser-for-test.ts';

describe('start page', () => {
  it('says what it is not, who the people are, and how sure it is of what it does', async () => {
    await using simulator = await simulatorForTest({ toggles: { codeTtlSeconds: 77 } });
    const page = await (await get(simulator, '/')).text();
    assert.match(page, /this is not Patients Know Best/);
    assert.match(page, /Example Health: Example App/);
    assert.match(page, /Amara Chidinma Okafor/);
    assert.match(page, /Núñez-O&#39;Shaughnessy/);
    assert.equal(page.split('Simulator-2026').length - 1, 1);
    for (const name of Object.keys(simulator.toggles)) assert.ok(page.includes(`<code>${name}</code>`), name);
    assert.match(page, /<td>77<\/td><td>60<\/td><td>assumed<\/td>/);
  });

  it('has a look of its own and no script', async () => {
    await using simulator = await simulatorForTest();
    const response = await get(simulator, '/');
    assert.match(
      response.headers.get('content-security-policy') ?? '',
      /^default-src 'none'; style-src 'self'/,
    );
    assert.doesNotMatch(await response.text(), /<script|<img|style="/);
    const style = await get(simulator, '/simulator.css');
    assert.match(style.headers.get('content-type') ?? '', /^text\/css/);
  });
});
