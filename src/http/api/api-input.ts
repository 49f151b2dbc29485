/** What a partner's back end sends. */

import { z } from 'zod';
import { LANGUAGES, LINK_SESSION_PAGES } from '../../model.ts';

export const NewLinkSession = z.strictObject({
  app_user_id: z.string(),
  return_url: z.string().max(2048),
  page: z.enum(LINK_SESSION_PAGES).optional(),
  language: z.enum(LANGUAGES).optional(),
  expected: z
    .strictObject({
      birth_date: z.string().optional(),
      family_name: z.string().optional(),
      nhs_number: z.string().optional(),
    })
    .optional(),
});

export const Completion = z.strictObject({ app_user_id: z.string(), completion: z.string().max(512) });

/** Of a proposal: the `link` of its JSON. */
export const Confirmation = z.strictObject({ link: z.string().max(64) });
