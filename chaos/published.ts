/**
 * How long other systems of this kind take to notice that a node is gone, by their own word. They are times of detection,
 * to which the work's own repetition comes; ours are until the caller has his answer.
 */
export const PUBLISHED: readonly { readonly system: string; readonly seconds: number; readonly source: string }[] = [
  {
    system: 'mesh-llm',
    seconds: 41,
    source:
      'a dead node goes on getting traffic so long; Mesh-LLM/mesh-llm#1703, by our collection, not looked up again',
  },
  {
    system: 'Bacalhau',
    seconds: 60,
    source: 'default `NodeManager.DisconnectTimeout: types.Minute`; raised from 30 s, bacalhau-project/bacalhau#4574',
  },
  {
    system: 'AI Horde',
    seconds: 150,
    source: 'default `job_ttl = 150` after which a job is taken from its worker; Haidra-Org/AI-Horde, `set_job_ttl`',
  },
  {
    system: 'GPUStack',
    seconds: 180,
    source: '"wait for 3 minutes until the worker loses heartbeat"; gpustack/gpustack#88',
  },
];
