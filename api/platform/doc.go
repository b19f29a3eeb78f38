// Package platform is the REST dialect of in-app chat.
//
// Each handler is decode, rule, encode: the rules are in auth and chat, the
// same that XMPP obeys. What clients of the documented dialect see:
//
//   - every answer but that of the two register calls is {status, data,
//     message}, every refusal {status, message, code}, and status repeats the
//     HTTP status;
//   - a userId or username is the localpart of the account's address, a group's
//     id that of the group's. Whole addresses are understood too;
//   - a messageId is the id that the message has on the wire, so it is the same
//     for everybody who has the message;
//   - sentTime is UTC, messageTime counts milliseconds since 1970;
//   - a thing that does not exist is 400, as documented: 404 is a path that
//     does not.
package platform
