/** What is in `deploy/`, as far as it can be tried without what it is for. */

import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';
import { parseAllDocuments, parse as parseYaml } from 'yaml';
import { configFromEnvironment } from '../../src/config.ts';
import { API_KEY, BIN, type Environment } from '../cli/command-line.ts';
import { freePort } from '../hosted.ts';
import { build, ignoredBy } from './dockerfile.ts';
import { replaced, SHIPPED, withoutNginx } from './nginx.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const shipped = (name: string) => readFileSync(join(root, 'deploy', name), 'utf8');
const SETTINGS = new Set(
  [...readFileSync(join(root, 'docs/settings.md'), 'utf8').matchAll(/`([A-Z][A-Z_]+)/g)].map(
    ([, name]) => name,
  ),
);
/** What each file with a secret holds. */
const SECRETS: Readonly<Record<string, string>> = {
  CLIENT_SECRET: 'secret',
  DATABASE_URL: 'postgres://pkb_link:secret@db/pkb_link',
  ENCRYPTION_KEYS: `k1:${Buffer.alloc(32, 1).toString('base64')}`,
  API_KEY,
};

function scratch(t: TestContext): string {
  const folder = mkdtempSync('/tmp/pkb-link-deploy-');
  // Other accounts of the machine look into it.
  chmodSync(folder, 0o755);
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** The settings of a file, with its secrets in files of the test's. */
function configured(t: TestContext, env: Readonly<Record<string, string>>) {
  const folder = scratch(t);
  for (const [name, content] of Object.entries(SECRETS)) writeFileSync(join(folder, name), `${content}\n`);
  const settings = Object.entries(env).map(([name, value]) => {
    const [, secret] =
      /^(?:PKB|PKB_LINK)_(CLIENT_SECRET|DATABASE_URL|ENCRYPTION_KEYS|API_KEY)_FILE$/.exec(name) ?? [];
    return [name, secret === undefined ? value : join(folder, secret)] as const;
  });
  for (const [name] of settings) assert.ok(SETTINGS.has(name.replace(/_FILE$/, '')), `${name} is no setting`);
  return configFromEnvironment(Object.fromEntries(settings));
}

function has(command: string, remedy: string): { skip: string | false } {
  const found = spawnSync('sh', ['-c', `PATH=$PATH:/usr/sbin command -v ${command}`]).status === 0;
  return { skip: !found && process.env.CI !== 'true' ? `needs ${command} (${remedy})` : false };
}

describe('deploy/', () => {
  it('names no setting that is none, in whichever file', () => {
    for (const file of readdirSync(join(root, 'deploy'), { recursive: true, encoding: 'utf8' })) {
      if (!/Dockerfile|Caddyfile|\.(ya?ml|service|conf|env)$/.test(file) || file.startsWith('prometheus'))
        continue;
      for (const [name] of shipped(file).matchAll(/\bPKB_[A-Z_]+[A-Z]/g)) {
        assert.ok(SETTINGS.has(name.replace(/_FILE$/, '')), `${file}: ${name}`);
      }
    }
  });
});

describe('deploy/Dockerfile', () => {
  it('makes, from what the context has, an image that serves as nobody in particular and writes nowhere else', {
    timeout: 110_000,
  }, async (t) => {
    const folder = scratch(t);
    const ignored = ignoredBy(join(root, '.dockerignore'));
    const image = build(shipped('Dockerfile'), { context: root, folder, ignored });
    assert.equal(image.user, 'node');
    assert.ok(!existsSync(join(image.root, 'app/src')), 'no source');
    assert.ok(!existsSync(join(image.root, 'app/node_modules/typescript')), 'nothing of development');

    const state = join(image.root, 'var/lib/pkb-link');
    const owner = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
    if ('uid' in owner) execFileSync('chown', ['65534:65534', state]);
    const port = String(await freePort());
    const env = {
      ...image.environment,
      PKB_LINK_HOST: '127.0.0.1',
      PORT: port,
      PKB_LINK_SPOOL: join(state, 'spool'),
      PKB_ENVIRONMENT: 'simulator',
      PKB_LINK_DATABASE_URL: `file:${state}/links.db`,
      PKB_LINK_API_KEY: API_KEY,
    };
    const [, script = '', ...more] = [...image.entrypoint, ...image.command];
    const child = spawn(process.execPath, [join(image.root, script), ...more], {
      cwd: join(image.root, 'app'),
      env,
      stdio: 'ignore',
      ...owner,
    });
    t.after(() => child.kill('SIGKILL'));
    const [program, ...words] = image.healthcheck;
    assert.equal(program, 'node');
    const isHealthy = () => spawnSync(process.execPath, words, { env: { PORT: port } }).status === 0;
    while (!isHealthy()) {
      assert.equal(child.exitCode, null);
      await pause(100);
    }
    child.kill('SIGTERM');
    const [code] = await once(child, 'exit');
    assert.equal(code, 0);
    assert.equal(isHealthy(), false);
  });
});

describe('deploy/compose.yaml', () => {
  const { services, secrets } = parseYaml(shipped('compose.yaml'));

  it('gives the service settings that can be read, and files for what is secret', (t) => {
    const { environment } = services['pkb-link'];
    const { limits, pages } = configured(t, environment);
    assert.deepEqual(limits.trustedProxies, ['172.16.0.0/12']);
    assert.ok(pages);
    const mounted = Object.entries(environment).flatMap(([name, path]) =>
      name.endsWith('_FILE') ? [String(path).replace('/run/secrets/', '')] : [],
    );
    assert.deepEqual(mounted.sort(), [...services['pkb-link'].secrets].sort());
    for (const name of [...mounted, ...services.postgres.secrets]) assert.ok(secrets[name], name);
  });

  it('lets it write nowhere but on its volume, do nothing that takes a privilege, and finish', () => {
    const service = services['pkb-link'];
    assert.deepEqual([service.read_only, service.cap_drop], [true, ['ALL']]);
    assert.match(service.ports[0], /^127\.0\.0\.1:/);
    assert.ok(existsSync(join(root, service.build.dockerfile)));
    assert.ok(Number.parseInt(service.stop_grace_period, 10) >= 60);
  });
});

describe('deploy/kubernetes/pkb-link.yaml', () => {
  const objects = parseAllDocuments(shipped('kubernetes/pkb-link.yaml')).map((one) => one.toJS());
  const [config, set, service, budget] = objects;
  const pod = set.spec.template.spec;
  const [container] = pod.containers;

  it('is what Kubernetes takes', async () => {
    assert.deepEqual(
      objects.map(({ kind }) => kind),
      ['ConfigMap', 'StatefulSet', 'Service', 'PodDisruptionBudget', 'Ingress'],
    );
    for (const each of objects) {
      const { [each.kind]: Model } = await import(`kubernetes-models/${each.apiVersion}/${each.kind}`);
      new Model(each).validate();
      assert.throws(() => new Model({ ...each, metadata: { name: 1 } }).validate());
    }
  });

  it('has settings that can be read, and mounts the secrets where they say', (t) => {
    assert.deepEqual(configured(t, config.data).metrics, { host: '0.0.0.0', port: 9464 });
    const mounts = container.volumeMounts.map(({ mountPath }: { mountPath: string }) => mountPath);
    for (const [name, path] of Object.entries(config.data)) {
      if (name.endsWith('_FILE'))
        assert.ok(
          mounts.some((mount: string) => String(path).startsWith(`${mount}/`)),
          name,
        );
    }
  });

  it('probes what answers, and gives a pod time to be left alone and then to finish', async () => {
    for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe']) {
      assert.match(container[probe].httpGet.path, /^\/(readyz|healthz)$/);
    }
    assert.equal(container.livenessProbe.httpGet.path, '/healthz', 'a database that is away kills no pod');
    const [, , script] = container.lifecycle.preStop.exec.command;
    const drained = Number(/(\d+)_000\)/.exec(script)?.[1]);
    // A request waits for a lease of somebody who is gone, twice PKB_TIMEOUT_MS, and then for PKB.
    assert.ok(pod.terminationGracePeriodSeconds >= drained + 3 * 15 + 15);
  });

  it('belongs together by its labels, and runs without a privilege', () => {
    const labels = set.spec.template.metadata.labels;
    for (const selector of [
      set.spec.selector.matchLabels,
      service.spec.selector,
      budget.spec.selector.matchLabels,
    ]) {
      assert.deepEqual(selector, labels);
    }
    assert.ok(set.spec.replicas > budget.spec.maxUnavailable);
    assert.equal(pod.securityContext.runAsNonRoot, true);
    assert.equal(container.securityContext.readOnlyRootFilesystem, true);
    assert.deepEqual(container.securityContext.capabilities, { drop: ['ALL'] });
  });
});

describe('deploy/systemd', () => {
  const unit = shipped('systemd/pkb-link@.service');

  /** The unit for this machine: with this Node and this checkout. */
  function here(t: TestContext): string {
    const path = join(scratch(t), 'pkb-link@8080.service');
    const text = replaced(unit, [
      ['/usr/bin/node /opt/pkb-link/node_modules/pkb-link/bin/pkb-link.js', `${process.execPath} ${BIN}`],
    ]);
    writeFileSync(path, text);
    return path;
  }

  it(
    'is a unit that systemd takes, and one that gives little away',
    has('systemd-analyze', 'Debian: apt-get install systemd'),
    (t) => {
      const path = here(t);
      const verified = spawnSync('systemd-analyze', ['verify', path], { encoding: 'utf8' });
      assert.deepEqual([verified.status, verified.stderr], [0, '']);
      // From 0 (nothing) to 100 (everything).
      const judged = spawnSync('systemd-analyze', ['security', '--offline=true', '--threshold=15', path], {
        encoding: 'utf8',
      });
      assert.equal(judged.status, 0, judged.stdout.split('\n').slice(-3).join('\n'));
    },
  );

  it('has settings that can be read, of each process its own', (t) => {
    const env = parseEnv(shipped('systemd/pkb-link.env')) as Record<string, string>;
    for (const [, name = '', value = ''] of unit.matchAll(/^Environment=([A-Z_]+)=(.*)$/gm)) {
      assert.ok(!(name in env), `${name}: the env file would win`);
      env[name] = value.replaceAll('%i', '8081');
    }
    const { port, metrics, pages, drainSeconds } = configured(t, env);
    assert.deepEqual([port, metrics?.port], [8081, 18081]);
    assert.equal(pages?.brand.organisation, 'Ridgeway Clinic');
    const [, seconds] = /^TimeoutStopSec=(\d+)$/m.exec(unit) ?? [];
    assert.ok(Number(seconds) >= drainSeconds + 3 * 15);
  });

  it('does not start again what a wrong setting has stopped', () => {
    assert.match(unit, /^RestartPreventExitStatus=78$/m);
  });
});

describe('deploy/nginx/pkb-link.conf', withoutNginx, () => {
  it('is a configuration that nginx takes as it is shipped, with a certificate', (t) => {
    const folder = scratch(t);
    const [key, certificate] = [join(folder, 'key'), join(folder, 'certificate')];
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
        '-subj',
        '/CN=link.example',
        '-keyout',
        key,
        '-out',
        certificate,
      ],
      { stdio: 'ignore' },
    );
    const text = replaced(readFileSync(SHIPPED, 'utf8'), [
      ['/etc/ssl/LINK.pem', certificate],
      ['/etc/ssl/LINK.key', key],
      ['/var/log/nginx', folder],
    ]);
    writeFileSync(join(folder, 'pkb-link.conf'), text);
    writeFileSync(
      join(folder, 'nginx.conf'),
      `pid ${folder}/pid; error_log ${folder}/error.log; events {} http { include ${folder}/pkb-link.conf; }`,
    );
    const env = { PATH: `${process.env.PATH}:/usr/sbin` };
    const tested = spawnSync('nginx', ['-t', '-e', `${folder}/error.log`, '-c', join(folder, 'nginx.conf')], {
      encoding: 'utf8',
      env,
    });
    assert.equal(tested.status, 0, tested.stderr);
  });
});

describe('deploy/caddy/Caddyfile', has('caddy', 'Debian: apt-get install caddy'), () => {
  it('passes the pages and nothing else to patients, and logs no address, also when nobody answers', async (t) => {
    const folder = scratch(t);
    mkdirSync(join(folder, 'home'));
    const [patients, backEnds, process_] = [await freePort(), await freePort(), await freePort()];
    const text = replaced(shipped('caddy/Caddyfile'), [
      ['\nlink.example {', `\nhttp://127.0.0.1:${patients} {`],
      ['http://127.0.0.1:8090', `http://127.0.0.1:${backEnds}`],
      ['127.0.0.1:8080', `127.0.0.1:${process_}`],
      ['/var/log/caddy', folder],
    ]);
    writeFileSync(join(folder, 'Caddyfile'), `{\n\tadmin off\n${text.slice(text.indexOf('{') + 1)}`);
    const env: Environment = { PATH: process.env.PATH ?? '', HOME: join(folder, 'home') };
    const child = spawn('caddy', ['run', '--config', join(folder, 'Caddyfile')], {
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    t.after(() => child.kill('SIGKILL'));
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (more: string) => {
      said += more;
    });
    const status = (url: string) =>
      fetch(url).then(
        (response) => response.status,
        () => undefined,
      );
    while ((await status(`http://127.0.0.1:${patients}/`)) === undefined) {
      assert.equal(child.exitCode, null, said);
      await pause(50);
    }
    assert.equal(await status(`http://127.0.0.1:${patients}/v1/links`), 404);
    assert.ok(Number(await status(`http://127.0.0.1:${patients}/pkb/callback?code=canary`)) >= 502);
    assert.ok(Number(await status(`http://127.0.0.1:${backEnds}/v1/links/canary`)) >= 502);
    const log = join(folder, 'pkb-link.log');
    while (!existsSync(log) || !/"status":50/.test(readFileSync(log, 'utf8'))) await pause(50);
    assert.doesNotMatch(said + readFileSync(log, 'utf8'), /canary/);
  });
});
