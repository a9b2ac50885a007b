// engine: what a store's refusal of a range tells about the object.
#include "get_failures.hpp"

#include <sluice/s3/error.hpp>

namespace sluice {

bool is_another_object(const failure& why) {
    return why.code == s3::s3_errc::changed || why.code == s3::s3_errc::precondition_failed;
}

bool is_unusable_answer(const failure& why) {
    return why.code == s3::s3_errc::unexpected_range || why.code == s3::s3_errc::checksum_mismatch;
}

} // namespace sluice
