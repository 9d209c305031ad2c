/**
 * The phrases in English. `PhraseSet` says which names each occasion has.
 */
import type { PhraseSet } from '../phrases.ts';

export const PHRASES_EN: PhraseSet = {
  kickOff: ['We are under way! {team} kick off.', '{team} get the match started.'],
  secondHalf: ['{team} start the second half.', 'Back under way: {team} have the ball.'],
  goal: [
    'Goal! {player} sends it past {other}!',
    'Goal for {team}! {player} finds the corner!',
    'It is in! {player} heads it home for {team}!',
    'What a strike! {player} leaves {other} rooted to the line!',
  ],
  penaltyGoal: [
    'Scored! {player} sends {other} the wrong way.',
    'No mistake: {player} buries the penalty.',
    '{player} hits the roof of the net from the spot!',
  ],
  missedShot: [
    '{player} shoots just wide.',
    '{player} blazes it over the bar!',
    'Off the post! So close from {player}.',
    '{player} scuffs it, and the chance is gone.',
  ],
  penaltyMissed: ['{player} puts the penalty over the bar!', 'Off the post! {player} misses from the spot.'],
  save: [
    'Great save! {player} denies {other}.',
    '{player} tips the shot from {other} over the bar.',
    '{player} holds on to a drive from {other}.',
  ],
  penaltySaved: [
    'Saved! {player} guesses right against {other}!',
    '{player} stops the penalty from {other}!',
  ],
  dribble: [
    '{player} glides past {other}.',
    'Through the legs! {player} leaves {other} behind.',
    '{player} turns {other} inside out.',
    'A feint from {player}, and {other} is beaten.',
  ],
  foul: [
    '{player} brings {other} down.',
    'Foul by {player} on {other}.',
    '{player} arrives late, and {other} takes the knock.',
    'Free kick: {player} pulls {other} back.',
  ],
  yellowCard: [
    'Yellow card for {player}.',
    '{player} goes into the book.',
    'One protest too many: {player} is booked.',
  ],
  secondYellow: [
    'A second yellow for {player}, and that is a red!',
    '{player} is booked again, and has to go!',
  ],
  redCard: ['Straight red! {player} is sent off.', 'A wild tackle, and {player} sees red!'],
  keeperSentOff: [
    '{player} is sent off, and {other} must go in goal!',
    'Red for {player}! {other} pulls on the gloves.',
  ],
  penalty: [
    'Penalty to {team}! {player} will take it.',
    'Handball in the box! {player} puts it on the spot for {team}.',
  ],
  halfTime: ['Half-time. The teams go in.', 'The whistle goes for the break.'],
  fullTimeDrawn: ['Full time, and honours are even.', 'It is over: the points are shared.'],
  fullTimeWon: ['Full time! {team} take the match.', 'It is over, and {team} have won!'],
};
