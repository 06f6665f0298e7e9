// bstc's simulator against ONNX Runtime on whole networks, in one run. See README.md.
import * as ort from 'onnxruntime-node';
import {execFileSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {parseArgs} from 'node:util';

import {parseNpy} from './npy.mjs';
import {int8Convolutions, withScalarScales} from './onnx_model.mjs';

const help = `usage: node compare.mjs [options] [MODEL.onnx INPUT.npy]...
  --bstc FILE     the tool (default: build/tools/bstc/bstc of this repository)
  --rounds N      rounds, each of ORT and bstc in turn (default: 8)
  --runs N        timed runs of each in a round (default: 5)
  --threads LIST  numbers of threads (default: 1,2)
Without models: yolov5n, yolov5s and yolov5m of 'bstc zoo', ReLU, u8 and s8 activations.
`;

const options = {
  bstc: {type: 'string', default: path.join(import.meta.dirname, '../../build/tools/bstc/bstc')},
  rounds: {type: 'string', default: '8'},
  runs: {type: 'string', default: '5'},
  threads: {type: 'string', default: '1,2'},
  help: {type: 'boolean', short: 'h', default: false},
};

function bstc(settings, ...args) {
  return execFileSync(settings.bstc, args, {encoding: 'utf8'});
}

/// {name, model, input}: the networks of the zoo, one at a time.
function* zooNetworks(settings, folder) {
  const input = path.join(folder, 'input.npy'), model = path.join(folder, 'zoo.onnx');
  for (const quant of ['u8', 's8'])
    for (const network of ['yolov5n', 'yolov5s', 'yolov5m']) {
      bstc(settings, 'zoo', network, '--quant', quant, '-o', model, '--sample-input', input);
      yield {name: `${network} ${quant}`, model, input};
    }
}

function* givenNetworks(files) {
  for (let i = 0; i < files.length; i += 2)
    yield {name: path.basename(files[i], '.onnx'), model: files[i], input: files[i + 1]};
}

/// ONNX Runtime with what suits it best: all optimisations, its own waiting of threads, outputs
/// that are not allocated anew.
async function ortRunner(model, input, threads, optimizedModelFilePath) {
  const session = await ort.InferenceSession.create(withScalarScales(readFileSync(model)), {
    executionProviders: ['cpu'],
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
    ...(optimizedModelFilePath && {optimizedModelFilePath}),
  });
  const {dims, data} = parseNpy(readFileSync(input));
  const feeds = {[session.inputNames[0]]: new ort.Tensor('float32', data, dims)};
  const fetches = await session.run(feeds);
  /// Least milliseconds of so many runs, after one that does not count.
  const best = async runs => {
    await session.run(feeds, fetches);
    let least = Infinity;
    for (let i = 0; i < runs; ++i) {
      const start = performance.now();
      await session.run(feeds, fetches);
      least = Math.min(least, performance.now() - start);
    }
    return least;
  };
  return {best, release: () => session.release()};
}

/// The same of bstc, and the int8 peak and multiply-accumulates that it prints.
function runBstc(settings, compiled, input, threads) {
  const text = bstc(settings, 'run', compiled, '--input', input, '--timings', '--repeat',
                    settings.runs, '--threads', String(threads));
  const [, ms, rate] = text.match(/^all +([\d.]+) +([\d.]+)/m);
  const peak = Number(text.match(/peak measured in this run: ([\d.]+)/)?.[1] ?? NaN);
  return {ms: Number(ms), gmacs: ms * rate * 1e-3, peak};
}

/// One row of the table.
async function compare(settings, network, compiled, threads, optimized) {
  const runner = await ortRunner(network.model, network.input, threads, optimized);
  let theirs = Infinity, ours = Infinity, peak = 0, gmacs = 0;
  for (let round = 0; round < Number(settings.rounds); ++round) {
    theirs = Math.min(theirs, await runner.best(Number(settings.runs)));
    const run = runBstc(settings, compiled, network.input, threads);
    ours = Math.min(ours, run.ms);
    peak = Math.max(peak, run.peak);
    gmacs = run.gmacs;
  }
  await runner.release();
  const share = ms => `${(1e5 * gmacs / ms / peak).toFixed(1)}`;
  return [
    network.name, threads, theirs.toFixed(1), ours.toFixed(1), (theirs / ours).toFixed(2),
    peak.toFixed(0), share(theirs), share(ours), int8Convolutions(readFileSync(optimized)),
  ];
}

function print(row) {
  const widths = [24, 7, 9, 9, 9, 12, 10, 10, 10];
  console.log(row.map((cell, i) => i ? String(cell).padStart(widths[i])
                                     : String(cell).padEnd(widths[i])).join(' '));
}

async function main() {
  const {values: settings, positionals} = parseArgs({options, allowPositionals: true});
  if (settings.help || positionals.length % 2) {
    process.stdout.write(help);
    process.exitCode = settings.help ? 0 : 2;
    return;
  }
  const folder = mkdtempSync(path.join(tmpdir(), 'bstc-peers-'));
  try {
    console.log(`ONNX Runtime ${ort.env.versions.node}, ${bstc(settings, '--version').trim()}`);
    print(['network', 'threads', 'ORT ms', 'bstc ms', 'ORT/bstc', 'peak GMAC/s', 'ORT %', 'bstc %',
           'ORT int8']);
    const compiled = path.join(folder, 'model.bst'), optimized = path.join(folder, 'ort.onnx');
    for (const network of positionals.length ? givenNetworks(positionals)
                                             : zooNetworks(settings, folder)) {
      bstc(settings, 'compile', network.model, '--no-fidelity', '-o', compiled);
      for (const threads of settings.threads.split(',').map(Number))
        print(await compare(settings, network, compiled, threads, optimized));
    }
  } finally {
    rmSync(folder, {recursive: true, force: true});
  }
}

await main();
