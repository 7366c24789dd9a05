//! Workflow types and activity types: the same actions on both. What they differ in is in `type_kinds`.

use serde::{Deserialize, Serialize};

use crate::model::{RegistrationStatus, Text, Timestamp, TypeRecord};
use crate::store::{Listing, NewType};

use super::Service;
use super::check::Check;
use super::page::PageArguments;
use super::refusal::Refusal;
use super::shapes::registration_status;
use super::type_kinds::WireType;

#[derive(Debug, Deserialize)]
pub(super) struct RegisterType<G> {
    domain: Option<String>,
    name: Option<String>,
    version: Option<String>,
    description: Option<String>,
    #[serde(flatten)]
    defaults: G,
}

pub(super) async fn register<T: WireType>(
    service: Service,
    request: RegisterType<T::GivenDefaults>,
) -> Result<(), Refusal> {
    let mut check = Check::new(service.node.limits());
    let domain = check.name("domain", request.domain.as_deref());
    let of = T::named(
        check.name("name", request.name.as_deref()),
        check.version("version", request.version.as_deref()),
    );
    let description = check.length("description", request.description.as_deref(), 0..=1024);
    let defaults = T::check_defaults(&request.defaults, &mut check);
    check.done()?;
    let new = NewType {
        of: &of,
        description,
        defaults: &defaults,
    };
    Ok(service.node.register_type(&domain, new).await?)
}

/// A request about one type.
#[derive(Debug, Deserialize)]
pub(super) struct OneType<A> {
    domain: Option<String>,
    #[serde(flatten)]
    of: A,
}

impl<A> OneType<A> {
    fn check<T: WireType<Asked = A>>(&self, service: &Service) -> Result<(Text, T), Refusal> {
        let mut check = Check::new(service.node.limits());
        let domain = check.name("domain", self.domain.as_deref());
        let of = T::check_asked(&self.of, &mut check);
        check.done()?;
        Ok((domain, of))
    }
}

pub(super) async fn deprecate<T: WireType>(
    service: Service,
    request: OneType<T::Asked>,
) -> Result<(), Refusal> {
    let (domain, of) = request.check::<T>(&service)?;
    Ok(service.node.deprecate_type(&domain, &of).await?)
}

pub(super) async fn undeprecate<T: WireType>(
    service: Service,
    request: OneType<T::Asked>,
) -> Result<(), Refusal> {
    let (domain, of) = request.check::<T>(&service)?;
    Ok(service.node.undeprecate_type(&domain, &of).await?)
}

pub(super) async fn delete<T: WireType>(service: Service, request: OneType<T::Asked>) -> Result<(), Refusal> {
    let (domain, of) = request.check::<T>(&service)?;
    Ok(service.node.delete_type(&domain, &of).await?)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TypeDetail<N, D> {
    type_info: TypeInfo<N>,
    configuration: D,
}

/// A type in lists and descriptions.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TypeInfo<N> {
    #[serde(flatten)]
    of: N,
    status: RegistrationStatus,
    description: Option<Text>,
    creation_date: Timestamp,
    deprecation_date: Option<Timestamp>,
}

pub(super) async fn describe<T: WireType>(
    service: Service,
    request: OneType<T::Asked>,
) -> Result<TypeDetail<T::Told, T::Defaults>, Refusal> {
    let (domain, of) = request.check::<T>(&service)?;
    let record = service.node.describe_type(&domain, &of).await?;
    Ok(TypeDetail {
        configuration: record.defaults.clone(),
        type_info: info(of, record),
    })
}

fn info<T: WireType>(of: T, record: TypeRecord<T::Defaults>) -> TypeInfo<T::Told> {
    TypeInfo {
        of: of.tell(),
        status: record.status,
        description: record.description,
        creation_date: record.created,
        deprecation_date: record.deprecated,
    }
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ListTypes {
    domain: Option<String>,
    name: Option<String>,
    registration_status: Option<String>,
    #[serde(flatten)]
    page: PageArguments,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TypeInfos<N> {
    type_infos: Vec<TypeInfo<N>>,
    next_page_token: Option<String>,
}

pub(super) async fn list<T: WireType>(
    service: Service,
    request: ListTypes,
) -> Result<TypeInfos<T::Told>, Refusal> {
    let mut check = Check::new(service.node.limits());
    let domain = check.name("domain", request.domain.as_deref());
    let name = check.optional_name("name", request.name.as_deref());
    let status = registration_status(request.registration_status.as_deref(), &mut check);
    let page = request
        .page
        .check(&service.seals, &mut check, T::LIST_ACTION, &request);
    check.done()?;
    let after: Option<(Text, Text)> = page.position()?;
    let listing = Listing {
        status,
        names: name.map(|name| vec![name.to_string()]),
        after: after.map(|(name, version)| T::named(name, version)),
        reversed: page.reversed,
        limit: page.limit + 1,
    };
    let listed = service.node.list_types::<T>(&domain, &listing).await?;
    let (types, next_page_token) = page.cut(listed, |(of, _)| (of.name().clone(), of.version().clone()))?;
    Ok(TypeInfos {
        type_infos: types.into_iter().map(|(of, record)| info(of, record)).collect(),
        next_page_token,
    })
}
