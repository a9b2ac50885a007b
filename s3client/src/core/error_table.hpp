// s3client: what S3's error codes and statuses mean to us.
#pragma once

#include <sluice/s3/error.hpp>

#include <string_view>

namespace sluice::s3 {

/// What a request was about: decides what a 404 or a 412 without a code says.
enum class subject { bucket = 1, object, upload };

/// The meaning of an answer that is not a success. The code is looked at first, an unknown or
/// empty one falls to the class of its status: other 4xx permanent, 5xx to be retried.
s3_errc meaning_of(unsigned status, std::string_view code, subject about);

} // namespace sluice::s3
