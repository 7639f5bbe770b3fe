/** What people write on a study or on a trial. */
import { z } from 'zod'

export const annotation = {
  note: z
    .string()
    .max(10_000)
    .optional()
    .meta({ description: 'A text for people. An empty one takes it away.' }),
  tags: z
    .array(z.string().min(1).max(50))
    .max(20)
    .optional()
    .meta({ description: 'Replaces all tags. Each counts once.' }),
}

export const annotationChange = z
  .strictObject(annotation)
  .meta({ id: 'Annotation', examples: [{ note: 'the loss jumped at step 900', tags: ['look again'] }] })

export type Annotation = z.output<typeof annotationChange>
