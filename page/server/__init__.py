"""The server around the page: it limits requests, answers errors clearly, and cleans up.

Every patch of Gradio's internals is in this folder, with its reason and the version of Gradio that
it was written for. `page.ui` and `page.api` may import from here; this folder imports neither.

environment       environment variables that Gradio reads when it is imported
gradio_version    checks that the patches fit the installed Gradio
launch            the queue, the middleware and the routes; runs until a signal
request_limits    how large a request may be, how long it may take
open_paths        which addresses are open
client_address    the address that a client's limits are counted for
open_requests     requests that are open at the same time
upload_room       room for visitors' files: each upload reserves its bytes first
uploads           one file in each upload
body_room         memory for the bodies of POST requests
stored_files      lists and deletes visitors' files
root_path         takes the prefix off each path (`GRADIO_ROOT_PATH`)
origin            whether a browser sends a request for another website
cross_origin      any website's scripts may ask the API (CORS), and nothing else
rate_limit        requests per client (`RATE_LIMIT`)
error_responses   clear messages instead of tracebacks, values and paths
decoding_room     memory for the images that are decoded at the same time
deadline          a deadline for each prediction request that runs
direct_requests   requests to the API, in the same queue
connections       how many connections are open; those without a request are closed
log_limits        limits on the log, one line for each message
host_header       one client's host is not shown to others
own_requests      the server asks itself without a proxy
health            `/healthz` and `/readyz`
sessions          small sessions; limits on what one session leaves in the queue
components        patches of Gradio's Image and Sketchpad
cleanup           visitors' files and Gradio's notes, deleted in the background
shutdown          answers the accepted requests, then ends; in time in any case
"""
