// Parses a chat with npm's whatsapp-chat-parser: `node parse.mjs FILE` prints what it took as JSON.
import { readFileSync } from 'node:fs';
import { parseString } from 'whatsapp-chat-parser';

const started = performance.now();
const messages = parseString(readFileSync(process.argv[2], 'utf8')).length;
const seconds = (performance.now() - started) / 1000;
const megabytes = process.resourceUsage().maxRSS / 1024;
console.log(JSON.stringify({ seconds, messages, megabytes }));
