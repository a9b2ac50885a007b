// s3sim: the exception behind `outcome::value()`.
#include "core/refusal.hpp"

#include <stdexcept>

namespace sluice::sim {

void throw_exception_from_error(const refusal& why, const boost::source_location&) {
    throw std::logic_error("a refusal was read as a value: " + why.code);
}

} // namespace sluice::sim
