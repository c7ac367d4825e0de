// node serve.js <directory> <reader>: answers each line of stdin, a dot and the base64 of a text,
// by what the reader says of the text. An empty line asks for the answers.
'use strict';
const { loadModule } = require('./postgresql');
const read = require('./' + process.argv[3]);

loadModule().then(() => {
  const lines = require('readline').createInterface({ input: process.stdin, crlfDelay: Infinity });
  let answers = [];
  lines.on('line', (line) => {
    if (line === '') {
      process.stdout.write(answers.join(''));
      answers = [];
    } else {
      answers.push(read(Buffer.from(line.slice(1), 'base64').toString()) + '\n');
    }
  });
});
