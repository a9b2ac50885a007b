// s3client: what a store can do. A probe finds out; names of products are never asked.
#pragma once

namespace sluice::s3 {

/// The defaults are what every store takes that was ever seen, save for listings.
struct capabilities {
    bool trailers = false;      ///< a checksum behind the body (aws-chunked)
    bool signed_chunks = false; ///< bodies that are signed chunk by chunk
    bool list_second_version = true;
    bool url_encoded_listings = true; ///< without: keys that XML cannot carry cannot be listed
};

} // namespace sluice::s3
