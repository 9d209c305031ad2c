/**
 * `matchstream`: our own protocol. The index is the message's count; a client registers, by challenge, and the answer to
 * the registration contains the plan for the time-based stages.
 */
import { MatchstreamFlow } from './matchstream/matchstreamFlow.ts';
import { REASONS } from './matchstream/refusals.ts';
import type { Protocol } from './protocol.ts';

export const matchstream: Protocol = {
  text: 'matchstream',
  admission: 'registration',
  down: {
    isIndexed: true,
    isNumbered: true,
    hasControl: true,
    endIsAnnounced: true,
    unread: {
      what: 'count that can be read',
      remedy: 'put another program behind the proxy with --protocol any',
      isControl: false,
    },
  },
  up: { isIndexed: false, isNumbered: false, hasControl: true, endIsAnnounced: false, unread: null },
  notes: [],
  reasons: REASONS,
  open: (believes) => new MatchstreamFlow(believes),
};
