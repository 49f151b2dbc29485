#!/usr/bin/env node
// Plain JavaScript without imports at the top, so that an old Node reads this line and not a syntax error.
if (Number(process.versions.node.split('.')[0]) < 24) {
  console.error(`pkb-link needs Node 24 or newer; this is ${process.version}.`);
  process.exit(78);
}
const { existsSync } = await import('node:fs');
// A checkout runs its source; the published package, which has no tsconfig.json, runs what was built from it.
const checkout = existsSync(new URL('../tsconfig.json', import.meta.url));
const { main } = await import(checkout ? '../src/cli/main.ts' : '../dist/cli/main.js');
process.exitCode = await main(process.argv.slice(2));
