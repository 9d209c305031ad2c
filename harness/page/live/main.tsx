/**
 * Begins the live page: reads what stands in the document, and draws what the program says.
 */
import { render } from 'preact';
import type { GivenToPage } from '../../control/liveState.ts';
import { Live } from './Live.tsx';

/*!
 * With Preact, (c) 2015-present Jason Miller, and uPlot, (c) 2022 Leon Sorokin: MIT License, https://opensource.org/license/mit
 */
const given = JSON.parse(document.querySelector('#given')?.textContent ?? '{}') as GivenToPage;
const place = document.createElement('div');
document.querySelector('main')?.replaceWith(place);
render(<Live given={given} />, place);
