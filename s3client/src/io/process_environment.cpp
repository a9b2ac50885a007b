// s3client: getenv.
#include <sluice/s3/process_environment.hpp>

#include <cstdlib>

namespace sluice::s3 {

environment process_environment() {
    return [](const std::string& name) -> std::optional<std::string> {
        const char* const value = std::getenv(name.c_str());
        if (value == nullptr) return std::nullopt;
        return std::string(value);
    };
}

} // namespace sluice::s3
