import { createServer } from 'node:http';
import { Webhook } from 'standardwebhooks';

const webhook = new Webhook(process.env.PKB_LINK_WEBHOOK_SECRETS ?? '');
const seen = new Set<string>(); // your own database, in the transaction in which you act

const receiver = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const headers = request.headers as Record<string, string>;
  try {
    const event = webhook.verify(Buffer.concat(chunks).toString(), headers) as {
      type: string;
      data: { app_user_id: string; next_action: string };
    };
    const id = headers['webhook-id'] ?? '';
    if (!seen.has(id)) console.log(event.type, event.data.app_user_id, event.data.next_action);
    seen.add(id);
    response.writeHead(204).end();
  } catch {
    response.writeHead(400).end();
  }
});

receiver.listen(Number(process.env.PORT ?? 3000), () => console.log('listening at', receiver.address()));
