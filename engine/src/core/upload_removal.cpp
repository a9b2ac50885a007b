// engine: whether an upload that was aborted is gone.
#include "upload_removal.hpp"

#include <sluice/s3/error.hpp>

namespace sluice {

upload_removal::step upload_removal::after(const result<std::vector<s3::finished_part>>& parts) {
    using s3::s3_errc;
    ++aborts_;
    if (parts) return aborts_ < most_aborts ? step::abort_again : step::give_up;
    const error_code why = parts.error().code;
    const bool gone = why == s3_errc::no_such_upload || why == s3_errc::no_such_key ||
                      why == s3_errc::no_such_bucket;
    const bool not_to_be_seen = why == s3_errc::access_denied || why == s3_errc::not_implemented;
    return gone || not_to_be_seen ? step::done : step::failed;
}

} // namespace sluice
