//! What keg.yml, image.yml and tap.yml may say: the serde types and their JSON Schemas.
