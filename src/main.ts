import { setFlagsFromString } from 'node:v8';

import { serve } from './serve.js';

// V8 lets a heap of 40 MB grow to three times that before it looks for what logins have left behind; so it is a third more.
setFlagsFromString('--heap-growing-percent=30');

await serve(process.env);
