/** Files that clients hand in for their jobs. Source: issue 5, "Uploads for `model.entrypoint`". */
import Type from 'typebox';
import { endpoints } from '../endpoint.ts';

export const artifactEndpoints = endpoints({
  uploadBundle: {
    method: 'POST',
    path: '/v1/bundles',
    summary: 'Upload the files of a program, as a tar, tar.gz or zip archive.',
    description:
      'The body is the archive itself. The answer names it by its SHA-256: the same archive again is the same bundle. ' +
      'A bundle belongs to the account that uploaded it, and is removed when no job has used it for some days.',
    auth: 'key',
    upload: true,
    status: 201,
    response: Type.Object({
      bundle: Type.String({ description: 'SHA-256 of the archive, in lower-case hex.' }),
      size: Type.Integer({ description: 'Its bytes.' }),
    }),
    errors: {
      413: 'The archive is longer than bundles may be.',
      422: 'It is no archive that is understood.',
      507: 'There is no room for it: in all, or for this account.',
    },
  },
});
