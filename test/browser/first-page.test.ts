import assert from 'node:assert/strict';
import { it } from 'node:test';
import { describeInChromium } from './chromium.ts';
import { connect, openScene } from './patient.ts';

const PATHS = ['/pkb/start', '/pkb', '/pkb/no-record', '/pkb/history', '/pkb/problem/network'];

describeInChromium('the first page', (browser) => {
  it('weighs less than 20 kB in all, page, style and logo', async (t) => {
    const { patient } = await openScene(t, browser());
    await patient.register();
    const sizes = new Map<string, Promise<number>>();
    patient.page.on('response', (response) => {
      sizes.set(
        new URL(response.url()).pathname,
        response.body().then((body) => body.length),
      );
    });
    await patient.open('/pkb/start');
    await patient.page.waitForLoadState('networkidle');
    assert.ok(sizes.has('/pkb/start') && sizes.has('/pkb/style.css') && sizes.has('/pkb/logo'));
    const bytes = (await Promise.all(sizes.values())).reduce((sum, size) => sum + size, 0);
    t.diagnostic(`${bytes} bytes`);
    assert.ok(bytes < 20_000, `${bytes} bytes of ${[...sizes.keys()]}`);
  });

  it('and every other asks nothing of anybody else', async (t) => {
    const { ridgeway, patient } = await openScene(t, browser());
    await patient.register();
    await connect(patient, ridgeway.person('Amara'));
    const asked = new Set<string>();
    patient.page.on('request', (request) => asked.add(new URL(request.url()).origin));
    for (const path of PATHS) {
      await patient.open(path);
      await patient.page.waitForLoadState('networkidle');
    }
    assert.deepEqual([...asked], [ridgeway.url]);
  });
});
