/**
 * The phrases in Portuguese. `PhraseSet` says which names each occasion has.
 */
import type { PhraseSet } from '../phrases.ts';

export const PHRASES_PT: PhraseSet = {
  kickOff: ['Bola rolando! {team} dá a saída.', 'Começa o jogo, com {team} na saída de bola.'],
  secondHalf: ['{team} dá a saída do segundo tempo.', 'Recomeça o jogo, com {team} na saída.'],
  goal: [
    'Gol! {player} não perdoa e vence {other}!',
    'Gol! {player} acerta o canto e faz a festa de {team}!',
    'De cabeça! {player} manda para a rede!',
    'Que golaço! {player} deixa {other} sem reação!',
  ],
  penaltyGoal: [
    'Converteu! {player} desloca {other}.',
    'Sem chance: {player} cobra o pênalti com categoria.',
    '{player} enche o pé e estufa a rede!',
  ],
  missedShot: [
    '{player} chuta, e a bola passa perto.',
    '{player} isola por cima do gol!',
    'Na trave! Quase o gol de {player}.',
    '{player} pega mal na bola e perde a chance.',
  ],
  penaltyMissed: ['{player} manda o pênalti por cima!', 'Na trave! {player} desperdiça o pênalti.'],
  save: [
    'Que defesa! {player} para o chute de {other}.',
    '{player} espalma a bomba de {other}.',
    '{player} segura firme o chute de {other}.',
  ],
  penaltySaved: [
    'Pegou! {player} defende a cobrança de {other}!',
    '{player} voa e para o pênalti de {other}!',
  ],
  dribble: [
    '{player} deixa {other} para trás.',
    'Por baixo das pernas! {player} passa por {other}.',
    'Que drible! {player} entorta {other}.',
    '{player} dá um chapéu em {other}.',
  ],
  foul: [
    '{player} derruba {other}.',
    'Falta de {player} em {other}.',
    '{player} chega tarde e acerta {other}.',
    'Falta: {player} puxa {other} pela camisa.',
  ],
  yellowCard: [
    'Cartão amarelo para {player}.',
    '{player} leva o amarelo.',
    'Reclamação demais: amarelo para {player}.',
  ],
  secondYellow: [
    'Segundo amarelo para {player}, e vem o vermelho!',
    'Mais um amarelo: {player} vai para o chuveiro!',
  ],
  redCard: ['Vermelho direto! {player} vai para o chuveiro.', 'Entrada dura, e vermelho para {player}!'],
  keeperSentOff: [
    'Vermelho para {player}! {other} vai para o gol.',
    '{player} vai para o chuveiro, e {other} veste as luvas!',
  ],
  penalty: ['Pênalti para {team}! {player} vai cobrar.', 'Mão na área! {player} ajeita a bola na marca.'],
  halfTime: ['Fim do primeiro tempo.', 'Intervalo: as equipes vão para o vestiário.'],
  fullTimeDrawn: ['Fim de jogo, e tudo igual.', 'Acabou! Um ponto para cada lado.'],
  fullTimeWon: ['Fim de jogo! Vitória de {team}.', 'Acabou! {team} leva a melhor.'],
};
