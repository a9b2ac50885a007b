// s3client: what an object is besides its bytes, and on which terms a request is made.
#pragma once

#include <map>
#include <string>

namespace sluice::s3 {

using metadata = std::map<std::string, std::string>; ///< without `x-amz-meta-`; names lower case
using tag_map = std::map<std::string, std::string>;  ///< any bytes; S3 takes up to 10 an object

/// Who encrypts the object in the store, and with what key.
struct encryption {
    enum class kind {
        store_default = 0,
        s3,       ///< AES256, with keys of the store
        kms,      ///< aws:kms
        kms_dual, ///< aws:kms:dsse
    };
    kind algorithm = kind::store_default;
    std::string kms_key_id;  ///< empty: the account's default key
    std::string kms_context; ///< JSON text; empty: none
    bool bucket_key = false;
};

/// A key of 32 bytes that only the customer has (SSE-C); empty: none. A secret: it never enters a
/// failure or a log, and the client sends it over TLS, or to its own machine, only.
struct customer_key {
    std::string bytes;
};

struct object_lock {
    enum class kind { none = 0, governance, compliance };
    kind mode = kind::none;
    std::string until;       ///< "2030-01-31T00:00:00Z"
    bool legal_hold = false; ///< independent of the mode
};

/// Empty means: not said.
struct object_traits {
    std::string cache_control, content_disposition, content_encoding, content_language;
    std::string expires;       ///< an HTTP date
    std::string storage_class; ///< STANDARD_IA, …
    std::string acl;           ///< a canned one: private, bucket-owner-full-control, …
    tag_map tags;              ///< sent only; a head tells their number
    encryption protection;
    object_lock lock;
};

/// On which terms a bucket is asked.
struct request_terms {
    std::string expected_owner;  ///< account id: refused when the bucket is somebody else's
    bool requester_pays = false; ///< we pay for what we ask
};

} // namespace sluice::s3
