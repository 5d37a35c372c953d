// A tour with Twilio's Node SDK. With BASE set, its requests are led there by an http client of three lines;
// without, they go to twilio.com, wherever the environment's proxy takes them.
const twilio = require("twilio");
const { ACCOUNT, TOKEN, FROM, TO, SERVICE, BASE } = process.env;

function led() {
  if (!BASE) return {};
  const module_ = require("twilio/lib/base/RequestClient");
  const requests = new (module_.default || module_)();
  return { httpClient: { request: (o) => requests.request({ ...o, uri: BASE + new URL(o.uri).pathname + new URL(o.uri).search }) } };
}

async function code(promise) {
  try {
    await promise;
    return null;
  } catch (error) {
    return error.code;
  }
}

async function delivered(client, sid) {
  for (;;) {
    const message = await client.messages(sid).fetch();
    if (message.status === "delivered") return message;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

(async () => {
  const client = twilio(ACCOUNT, TOKEN, led());
  const found = {};
  const sent = await client.messages.create({ to: TO, from: FROM, body: "from node" });
  found.created = [sent.status, sent.direction, sent.numSegments, sent.dateSent, sent.dateCreated instanceof Date];
  found.delivered = (await delivered(client, sent.sid)).status;
  const accepted = await client.messages.create({ to: TO, messagingServiceSid: SERVICE, body: "by service" });
  found.accepted = [accepted.status, accepted.from];
  await delivered(client, accepted.sid);
  found.listed = (await client.messages.list({ pageSize: 1 })).length;
  found.services = (await client.messaging.v1.services.list({ pageSize: 1 })).length;
  found.numbers = (await client.incomingPhoneNumbers.list()).length;
  found.redacted = (await client.messages(sent.sid).update({ body: "" })).body;
  found.removed = await client.messages(sent.sid).remove();
  found.errors = [
    await code(client.messages.create({ to: "notanumber", from: FROM, body: "x" })),
    await code(client.messages.create({ to: TO, from: FROM, body: "x".repeat(1601) })),
    await code(client.messages(sent.sid).fetch()),
  ];
  console.log(JSON.stringify(found));
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
