#!/usr/bin/env node
/**
 * The `matchstream` program: finds the command, loads it, runs it, and turns an error into one line and an exit code.
 *
 * A command is loaded only when it is called, so that `--help` is fast.
 */
import { Command, CommanderError } from 'commander';
import { linesOf } from '../../src/base/escape.ts';
import { EXIT, EnvironmentError, InterruptedError, UsageError } from '../../src/base/errors.ts';
import type { UsageCode } from '../../src/base/errors.ts';
import { shortageOf } from '../../src/files/descriptorLimit.ts';
import { tellLeftRecordings } from '../../src/files/leftovers.ts';
import { plainReason } from '../../src/files/reason.ts';
import { keepNohup, releaseTerminal } from '../../src/service/hangup.ts';
import { splitCommand } from './wordsBehind.ts';
import { complain, print } from '../../src/files/terminal.ts';
import { layOutHelp } from './helpLayout.ts';
import { version } from '../../src/base/version.ts';

interface Entry {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<Command>;
}

tellLeftRecordings((path) =>
  complain(
    `note: ${path} is what a run that was killed left of a recording: replay it with --recover, or remove it`,
  ),
);

const COMMANDS: readonly Entry[] = [
  {
    name: 'run',
    summary: 'the main job: live, record, lossy replay, benchmark, reports',
    load: async () =>
      (await import('./runCommand.ts')).buildRunCommand(() => import('../../bench/suites.ts')),
  },
  {
    name: 'live',
    summary: 'a server and its clients at once, each with its own log',
    load: async () => (await import('./liveCommand.ts')).buildLiveCommand(),
  },
  {
    name: 'server',
    summary: 'stream a seeded match to every client that registers',
    load: async () => (await import('./serverCommand.ts')).buildServerCommand(),
  },
  {
    name: 'client',
    summary: 'watch a stream and report what the network did to it',
    load: async () => (await import('./clientCommand.ts')).buildClientCommand(),
  },
  {
    name: 'record',
    summary: 'record a seeded match to a file',
    load: async () => (await import('./recordCommand.ts')).buildRecordCommand(),
  },
  {
    name: 'replay',
    summary: 'replay a recording through a lossy proxy and compare',
    load: async () => (await import('./replayCommand.ts')).buildReplayCommand(),
  },
  {
    name: 'proxy',
    summary: 'put any UDP program behind the lossy proxy',
    load: async () =>
      (await import('./proxyCommand.ts')).buildProxyCommand(splitCommand(process.argv).command),
  },
  {
    name: 'control',
    summary: 'lossy UDP proxies changed at run time, by toxiproxy’s API and a page',
    load: async () => (await import('./controlCommand.ts')).buildControlCommand(),
  },
  {
    name: 'diff',
    summary: 'compare two reports figure by figure',
    load: async () => (await import('./diffCommand.ts')).buildDiffCommand(),
  },
  {
    name: 'report',
    summary: 'draw a report again from its folder',
    load: async () => (await import('./reportCommand.ts')).buildReportCommand(),
  },
  {
    name: 'inspect',
    summary: 'say what is in a recording or a capture',
    load: async () => (await import('./inspectCommand.ts')).buildInspectCommand(),
  },
  {
    name: 'convert',
    summary: 'turn a recording into a capture for Wireshark, and back',
    load: async () => (await import('./convertCommand.ts')).buildConvertCommand(),
  },
  {
    name: 'scenario',
    summary: 'show what a preset or a scenario file will do',
    load: async () => (await import('./scenarioCommand.ts')).buildScenarioCommand(),
  },
  {
    name: 'fit',
    summary: 'fit a bursty loss model to the arrivals of a run',
    load: async () => (await import('./fitCommand.ts')).buildFitCommand(),
  },
  {
    name: 'bench',
    summary: 'throughput and pacing at intervals from 100 ms to 1 us and flat out',
    load: async () => (await import('./benchCommand.ts')).buildBenchCommand(),
  },
];

const HELP_OPTION = ['-h, --help', 'print this help'] as const;

/** `--help proxy` is `proxy --help`. */
function inOrder(argv: readonly string[]): readonly string[] {
  const [, , first = '', second = ''] = argv;
  const isAsked = ['-h', '--help'].includes(first) && COMMANDS.some(({ name }) => name === second);
  return isAsked ? [...argv.slice(0, 2), ...argv.slice(3), first] : argv;
}

async function main(argv: readonly string[]): Promise<void> {
  const program = new Command('matchstream')
    .description('Record, replay, degrade and measure UDP streams, with every datagram accounted for.')
    .version(version(), '-V, --version', 'print the version')
    .helpOption(...HELP_OPTION)
    .addHelpText('after', '\nmatchstream COMMAND --help says what a command accepts.');
  const wanted = argv[2] === 'help' ? argv[3] : argv[2];
  for (const { name, summary, load } of COMMANDS) {
    const command = name === wanted ? await load() : new Command(name).description(summary);
    program.addCommand(command);
  }
  layOutHelp(program, HELP_OPTION);
  quieten(program);
  if (wanted === undefined) {
    program.outputHelp({ error: argv[2] === undefined });
    process.exitCode = argv[2] === undefined ? EXIT.usage : EXIT.match;
    return;
  }
  // For the help of an unknown command, commander would show the program's help and no reason.
  const isKnown = COMMANDS.some(({ name }) => name === wanted);
  // After `--` there may be a program with its own options.
  const own = wanted === 'proxy' ? splitCommand(argv).own : argv;
  if (isKnown && argv[2] === wanted) await refuseMistakes(program, own.slice(2));
  await program.parseAsync(argv[2] === 'help' && !isKnown ? [...argv.slice(0, 2), wanted] : own);
}

/** Reports the likeliest mistakes before commander would, with what to type. @throws UsageError */
async function refuseMistakes(program: Command, words: readonly string[]): Promise<void> {
  const { findMistake, known, named } = await import('./remedies/remedies.ts');
  const [command, rest] = named(program, words);
  const mistake = findMistake(known(command), rest);
  if (mistake === null) return;
  if (mistake instanceof UsageError) throw mistake;
  const { elsewhere } = await import('./remedies/elsewhere.ts');
  const commands = await Promise.all(COMMANDS.map(({ load }) => load()));
  const told = elsewhere(known(command), mistake.flag, mistake.value, commands.map(known));
  if (told !== null) throw told;
}

/** Errors are thrown, and printed once, by `tell`; help is still printed. */
function quieten(command: Command): void {
  command
    .exitOverride((cause) => {
      throw cause.exitCode === 0 ? cause : usageErrorOf(cause, command);
    })
    .configureOutput({ outputError: () => undefined, writeOut: (text) => print(...linesOf(text)) });
  for (const child of command.commands) quieten(child);
}

/** commander's error codes → ours. */
const COMMANDER_CODES: Readonly<Record<string, UsageCode>> = {
  'commander.unknownCommand': 'unknown-command',
  'commander.unknownOption': 'unknown-option',
  'commander.excessArguments': 'unexpected-word',
  'commander.missingArgument': 'missing',
  'commander.missingMandatoryOptionValue': 'missing',
  'commander.optionMissingArgument': 'missing',
  'commander.invalidArgument': 'unknown-choice',
  'commander.conflictingOption': 'conflict',
};

const usageErrorOf = (cause: CommanderError, command: Command): UsageError =>
  new UsageError(COMMANDER_CODES[cause.code] ?? 'value-format', null, complaint(cause.message, command), {
    cause,
  });

/** commander's message as one line that ends in what to do. */
function complaint(message: string, command: Command): string {
  const [fault = ''] = message.replace(/^error: /, '').split('\n');
  const suggestion = /\(Did you mean (.*)\)$/.exec(message)?.[1];
  const hint = suggestion === undefined ? `see ${fullName(command)} --help` : `did you mean ${suggestion}`;
  return `${fault.replace(/\.$/, '')}; ${hint}`;
}

const fullName = (command: Command): string =>
  command.parent === null ? command.name() : `${fullName(command.parent)} ${command.name()}`;

/** Prints one line on the error stream. Returns the exit code. */
function tell(thrown: unknown): number {
  const cause = shortageOf(thrown) ?? thrown;
  // Help or the version was requested, and has been printed.
  if (cause instanceof CommanderError && cause.exitCode === 0) return EXIT.match;
  if (cause instanceof InterruptedError) {
    complain(cause.message);
    return cause.exitCode;
  }
  const known = cause instanceof UsageError || cause instanceof EnvironmentError;
  const message = cause instanceof Error ? cause.message : String(cause);
  complain(known ? `error: ${message}` : `error: a bug in matchstream: ${message}`);
  return known ? cause.exitCode : EXIT.environment;
}

/** Error codes of a pipe or socket whose reader is gone. */
const READER_GONE: readonly (string | undefined)[] = ['EPIPE', 'ECONNRESET'];

/** Why output could not be written; null if it could, and if its reader is gone. */
let unprinted: string | null = null;

// A reader that stops reading (`| head`) is no error: further output is discarded, and the work is finished.
process.stdout.on('error', (cause: NodeJS.ErrnoException) => {
  // A closed terminal gives EIO, as does a failing disk.
  const isGone = cause.code === 'EIO' ? process.stdout.isTTY : READER_GONE.includes(cause.code);
  if (!isGone) unprinted ??= plainReason(cause);
});
// If the error stream cannot be written, nothing can be reported.
process.stderr.on('error', () => undefined);
// The last write may fail after the command has ended. An error that was already reported takes precedence.
process.on('exit', (code) => {
  if (unprinted === null || code > EXIT.mismatch) return;
  complain(`error: cannot print: ${unprinted}; send the output elsewhere`);
  process.exitCode = EXIT.environment;
});

keepNohup();
releaseTerminal();
try {
  await main(inOrder(process.argv));
} catch (cause) {
  process.exitCode = tell(cause);
}
