/** Inserts the calls of language models, numbered within their trial. */
import type { StatementPart } from './statement-part.js'

export const recordCalls: StatementPart = {
  name: 'called',
  items: ({ writes }) => writes.calls,
  sql: (list) => `called as (
  insert into llm_calls (study_id, number, call, key, purpose, provider, model, prompt, request, answer, thinking, outcome, message,
                         input_tokens, cache_read_tokens, cache_write_tokens, output_tokens, dollars, latency_ms)
  select guard.id, x.number, 1 + (select count(*) from llm_calls c where c.study_id = guard.id and c.number = x.number),
         x.key, x.purpose, x.provider, x.model, x.prompt, x.request, x.answer, x.thinking, x.outcome, x.message,
         x.input_tokens, x.cache_read_tokens, x.cache_write_tokens, x.output_tokens, x.dollars, x.latency_ms
    from guard, ${list} as x(study uuid, number int, key uuid, purpose text, provider text, model text, prompt text, request json, answer text, thinking text,
                             outcome text, message text, input_tokens int, cache_read_tokens int, cache_write_tokens int, output_tokens int,
                             dollars float8, latency_ms int)
   where x.study = guard.id)`,
}
