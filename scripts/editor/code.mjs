#!/usr/bin/env node
// The `code` command for places with no desktop editor: see codeCommand.ts.
import 'tsx/cjs';
import { createRequire } from 'node:module';

createRequire(import.meta.url)('./codeCommand.ts').main();
