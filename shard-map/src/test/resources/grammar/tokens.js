// Tells where PostgreSQL's own scanner cuts a text into tokens: <start>-<end><class>, or "REJECT".
// class: s a string, p a parameter, n a number, c a comment in /* */, w any other; comments
// in -- are left out
'use strict';
const { scanSync } = require('./postgresql');

const CLASSES = { SCONST: 's', PARAM: 'p', ICONST: 'n', FCONST: 'n', C_COMMENT: 'c' };

module.exports = (text) => {
  try {
    const tokens = scanSync(text).tokens.filter((token) => token.tokenName !== 'SQL_COMMENT');
    return tokens.map((token) =>
      token.start + '-' + token.end + (CLASSES[token.tokenName] || 'w')).join(' ');
  } catch (e) {
    return 'REJECT';
  }
};
