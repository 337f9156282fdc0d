import { Console } from './cli/console.js';
import { runCommandLine } from './cli/run.js';

// Whoever reads our output may have seen enough: `twinlock local-admins list | head -1`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

await runCommandLine(process.argv.slice(2), new Console(process), process.env);
