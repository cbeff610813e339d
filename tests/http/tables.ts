/** Every route of every worker, from the tables that the workers themselves route by. */
import { execFileSync } from 'node:child_process';
import { root } from '../../scripts/stack/root.ts';

export interface Route {
  method: string;
  path: string;
  access: 'anyone' | 'signed_in' | 'owner' | 'member' | 'admin' | 'deploy_token' | 'operator';
}

export const tables = JSON.parse(
  execFileSync('cargo', ['run', '--quiet', '--locked', '-p', 'vetka-domain', '--example', 'routes'], {
    cwd: root,
    encoding: 'utf8',
  }),
) as Record<'api' | 'agent' | 'deploy' | 'openweb' | 'teams', Route[]>;

export const routes = Object.values(tables).flat();
