// src/ (TypeScript that runs as it is) -> dist/ (JavaScript and declarations for the published package).

import { execFileSync } from 'node:child_process';
import { cpSync, rmSync } from 'node:fs';

rmSync('dist', { recursive: true, force: true });
execFileSync('tsc', ['-p', 'tsconfig.build.json'], { stdio: 'inherit' });
cpSync('src/storage/migrations', 'dist/storage/migrations', { recursive: true });
