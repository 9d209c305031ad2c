/**
 * The teams that play when no squads file is given. Invented, in the shape of a squads file.
 */
import type { Squads } from '../squads.ts';

export const DEFAULT_SQUADS: Squads = {
  teams: [
    {
      name: 'Galáticos',
      goalkeeper: 'Portão',
      players: ['Caju', 'Pingo', 'Faísca', 'Juruá', 'Trovão', 'Sabiá', 'Pipoca', 'Cipó', 'Zuca', 'Bambu'],
    },
    {
      name: 'The Bests',
      goalkeeper: 'Latch',
      players: ['Hobb', 'Quill', 'Tarn', 'Wick', 'Dray', 'Fenn', 'Brume', 'Larch', 'Pell', 'Osker'],
    },
  ],
};
