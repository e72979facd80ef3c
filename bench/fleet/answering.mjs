/** Answers as a worker of the fleet does, and says at which port. */
import { createServer } from 'node:http';

const startedAt = Date.now();
const server = createServer((_request, response) => {
  const total = Date.now() - startedAt;
  const stats = { gpu: { utilization: 87.5, temperature: 65 }, requests: { total, failed: 0 }, revenue: { ton: 1 } };
  response.end(`\n${JSON.stringify(stats)}`);
});
server.listen(0, '127.0.0.1', () => process.send(server.address().port));
process.on('disconnect', () => process.exit());
