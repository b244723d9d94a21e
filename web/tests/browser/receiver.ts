import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One message as it came. */
export interface Received {
  event: string;
  authorization: string;
  body: string;
}

/** Another side on loopback that takes webhooks, and refuses them when it is told to. */
export class Receiver {
  readonly received: Received[] = [];
  /** The status that it answers with. */
  status = 204;

  private constructor(private readonly server: Server) {}

  static async open(): Promise<Receiver> {
    const server = createServer();
    const receiver = new Receiver(server);
    server.on('request', (request, response) => {
      let body = '';
      request.on('data', (part) => (body += String(part)));
      request.on('end', () => {
        const { 'x-driftline-event': event, authorization } = request.headers;
        receiver.received.push({ event: String(event), authorization: String(authorization), body });
        response.writeHead(receiver.status).end();
      });
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/hook`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }
}
