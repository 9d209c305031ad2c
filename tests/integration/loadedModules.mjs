/** Notes in the file that LOADED_MODULES names every module that a process loads: by Node's hooks, in a thread of their own. */
import { appendFileSync } from 'node:fs';
import { register } from 'node:module';

const HOOKS = `
  import { appendFileSync } from 'node:fs';
  export async function load(url, context, next) {
    appendFileSync(process.env.LOADED_MODULES, url + '\\n');
    return next(url, context);
  }`;
register(`data:text/javascript,${encodeURIComponent(HOOKS)}`);
appendFileSync(process.env.LOADED_MODULES, '');
