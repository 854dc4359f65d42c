// Portkey's gateway takes a port but no address: loaded before it, this keeps it on loopback.
import { Server } from 'node:net';

const listen = Server.prototype.listen;
Server.prototype.listen = function (port, ...rest) {
  return listen.call(this, port, '127.0.0.1', ...rest.filter((r) => typeof r === 'function'));
};
