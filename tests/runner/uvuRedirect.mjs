/**
 * A module-loading hook: whoever imports `uvu` in a test process gets the guarded one instead.
 *
 * Plain JavaScript, because Node runs hooks on a thread of their own where no TypeScript is translated. Only the
 * guard itself reaches the real `uvu`; `uvu/assert` is left alone.
 */
let guardUrl = '';

export function initialize(data) {
  guardUrl = data.guardUrl;
}

export function resolve(specifier, context, nextResolve) {
  const isGuard = context.parentURL?.split('?')[0] === guardUrl;
  return nextResolve(specifier === 'uvu' && !isGuard ? guardUrl : specifier, context);
}
