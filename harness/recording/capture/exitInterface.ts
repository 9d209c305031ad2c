/**
 * By what a reader knows the interface at a proxy's exit: its datagrams stand at the entry as well.
 */
export const EXIT_DESCRIPTION = 'what leaves the matchstream proxy';
