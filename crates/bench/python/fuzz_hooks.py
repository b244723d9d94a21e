"""What schemathesis has to be told to speak with our API: how a part of an upload looks."""

import schemathesis
from hypothesis import strategies as st

# Short parts: the length of an upload is random too, and most requests end in a refusal in any case.
schemathesis.openapi.media_type("application/offset+octet-stream", st.binary(max_size=200))
